// Command verify checks a log of Evenhand offline, with Go's own transparency log code and none of Evenhand's.
//
//	verify -key VKEY [-witness VKEY]... [-quorum N] [-saved CHECKPOINT] DIR
//
// DIR holds the log as C2SP tlog-tiles lays it out: checkpoint, tile/L/N, tile/entries/N. Keys come from a contract, not from
// DIR. It leaves with 0 when everything verifies, with 1 when something does not, and names the first index that differs, with
// 2 when it was called wrongly.
//
// Signatures are opened by golang.org/x/mod/sumdb/note, the tree is rebuilt by golang.org/x/mod/sumdb/tlog. What those two do not
// know and is therefore here: the three lines of a checkpoint (tlog parses only the origin of Go's own log), where tlog-tiles puts
// its files, how a bundle of entries is packed, and the signature type of witnesses.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight   = 8
	tileWidth    = 1 << tileHeight
	noteBytesMax = 1 << 20
	// 256 entries of at most 65,535 bytes with two bytes of length each.
	fileBytesMax  = tileWidth * (1<<16 + 1)
	cosignature   = 0x04
	cosigned      = 8 + ed25519.SignatureSize
	noSuchIndex   = int64(-1)
	statusDiffers = 1
	statusUsage   = 2
)

// A finding is something that does not verify. index is the first entry that it concerns, or noSuchIndex; last is the last entry
// that it may concern, when the place cannot be narrowed down further.
type finding struct {
	index, last int64
	what        string
}

func (f *finding) Error() string {
	switch {
	case f.index == noSuchIndex:
		return f.what
	case f.index == f.last:
		return fmt.Sprintf("index %d: %s", f.index, f.what)
	default:
		return fmt.Sprintf("index %d to %d: %s", f.index, f.last, f.what)
	}
}

func differs(format string, args ...any) error {
	return &finding{noSuchIndex, noSuchIndex, fmt.Sprintf(format, args...)}
}

func differsAt(index, last int64, format string, args ...any) error {
	return &finding{index, last, fmt.Sprintf(format, args...)}
}

type many []string

func (m *many) String() string { return strings.Join(*m, " ") }

func (m *many) Set(value string) error {
	*m = append(*m, value)
	return nil
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(complaints)
	var witnesses many
	key := flags.String("key", "", "the log's `VKEY`")
	flags.Var(&witnesses, "witness", "a witness's `VKEY`; may be given again")
	quorum := flags.Int("quorum", -1, "how many of the witnesses must have cosigned (default: all that are named)")
	saved := flags.String("saved", "", "a checkpoint of this log that you kept, as a `FILE`")
	if err := flags.Parse(args); err != nil {
		return statusUsage
	}
	if flags.NArg() != 1 || *key == "" {
		fmt.Fprintln(complaints, "usage: verify -key VKEY [-witness VKEY]... [-quorum N] [-saved CHECKPOINT] DIR")
		return statusUsage
	}
	trust, err := newTrust(*key, witnesses, *quorum)
	if err != nil {
		fmt.Fprintln(complaints, err)
		return statusUsage
	}
	if err := verify(flags.Arg(0), *saved, trust, out); err != nil {
		fmt.Fprintln(out, "FAILED", err)
		return statusDiffers
	}
	fmt.Fprintln(out, "OK")
	return 0
}

// verify goes the way of a customer: 1. the signatures of the checkpoint, 2. each entry against its leaf hash, 3. the hash tiles
// above, 4. the root, 5. the kept checkpoint.
func verify(dir, saved string, trust *trust, out io.Writer) error {
	// 1.
	head, witnessed, err := trust.open(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "checkpoint of %s: %d entries, cosigned by %d\n", trust.log.Name(), head.size, witnessed)
	// 2.
	tree := &tree{}
	if err := tree.readEntries(dir, head.size); err != nil {
		return err
	}
	// 3.
	if err := tree.compareTiles(dir, head.size); err != nil {
		return err
	}
	// 4.
	root, err := tree.root(head.size)
	if err != nil {
		return err
	}
	if root != head.root {
		return differs("the entries do not make the tree that the checkpoint signs")
	}
	fmt.Fprintf(out, "all %d entries rebuild the root\n", head.size)
	// 5.
	if saved == "" {
		return nil
	}
	return tree.compareSaved(saved, head, trust, out)
}

// ---------------------------------------------------------------------------------------------------------------- signatures

// trust is whose signatures count.
type trust struct {
	log       note.Verifier
	witnesses []note.Verifier
	quorum    int
}

type checkpoint struct {
	size int64
	root tlog.Hash
}

func newTrust(key string, witnesses []string, quorum int) (*trust, error) {
	log, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("the log's key is none: %w", err)
	}
	t := &trust{log: log, quorum: quorum}
	for _, each := range witnesses {
		witness, err := newWitness(each)
		if err != nil {
			return nil, fmt.Errorf("%s is no key of a witness: %w", each, err)
		}
		t.witnesses = append(t.witnesses, witness)
	}
	if quorum < 0 {
		t.quorum = len(t.witnesses)
	}
	if t.quorum > len(t.witnesses) {
		return nil, fmt.Errorf("%d witnesses are asked for and %d named", t.quorum, len(t.witnesses))
	}
	return t, nil
}

// open verifies a checkpoint's signatures and says how many witnesses are among them.
func (t *trust) open(path string) (checkpoint, int, error) {
	content, err := readFile(path, noteBytesMax)
	if err != nil {
		return checkpoint{}, 0, err
	}
	opened, err := note.Open(content, note.VerifierList(append([]note.Verifier{t.log}, t.witnesses...)...))
	if err != nil {
		return checkpoint{}, 0, differs("%s: %v", filepath.Base(path), err)
	}
	if !signed(opened, t.log) {
		return checkpoint{}, 0, differs("%s: the log did not sign it", filepath.Base(path))
	}
	witnessed := 0
	for _, each := range t.witnesses {
		if signed(opened, each) {
			witnessed++
		}
	}
	if witnessed < t.quorum {
		return checkpoint{}, 0, differs("%s: %d of %d witnesses cosigned it", filepath.Base(path), witnessed, t.quorum)
	}
	head, err := parseCheckpoint(opened.Text, t.log.Name())
	return head, witnessed, err
}

func signed(opened *note.Note, by note.Verifier) bool {
	for _, each := range opened.Sigs {
		if each.Name == by.Name() && each.Hash == by.KeyHash() {
			return true
		}
	}
	return false
}

func parseCheckpoint(text, origin string) (checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] != origin {
		return checkpoint{}, differs("this is no checkpoint of %s", origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, differs("%q is no size of a log", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return checkpoint{}, differs("%q is no root", lines[2])
	}
	found := checkpoint{size: size}
	copy(found.root[:], root)
	return found, nil
}

// witness verifies cosignature/v1, signature type 0x04 of C2SP tlog-cosignature.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// newWitness reads a vkey. note.NewVerifier knows only type 0x01, whose key id it would compute over another byte; it still
// checks all else when it is given the same key as one of that type.
func newWitness(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	content, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(content) != 1+ed25519.PublicKeySize || content[0] != cosignature {
		return nil, errors.New("it is not an Ed25519 cosignature key")
	}
	key := ed25519.PublicKey(content[1:])
	asLog, err := note.NewEd25519VerifierKey(name, key)
	if err != nil {
		return nil, err
	}
	if _, err := note.NewVerifier(asLog); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), content...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != id {
		return nil, errors.New("its id is that of another key")
	}
	return &witness{name, hash, key}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(msg, sig []byte) bool {
	if len(sig) != cosigned {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", seconds)), msg...)
	return ed25519.Verify(w.key, message, sig[8:])
}

// ---------------------------------------------------------------------------------------------------------------------- tree

// tree holds every hash of the log, in the order that tlog stores them.
type tree struct {
	hashes []tlog.Hash
}

// ReadHashes makes it a tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, 0, len(indexes))
	for _, index := range indexes {
		if index < 0 || index >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		found = append(found, t.hashes[index])
	}
	return found, nil
}

// readEntries grows the tree from all entries, each compared with its hash in the tile beside it.
func (t *tree) readEntries(dir string, size int64) error {
	for start := int64(0); start < size; start += tileWidth {
		tile := tlog.Tile{H: tileHeight, L: 0, N: start / tileWidth, W: width(size - start)}
		leaves, err := readFile(filepath.Join(dir, path(tile, false)), fileBytesMax)
		if err != nil {
			return at(start, tile, err)
		}
		if len(leaves) != tile.W*tlog.HashSize {
			return differsAt(start, start+int64(tile.W)-1, "%s has %d bytes", path(tile, false), len(leaves))
		}
		bundle, err := readFile(filepath.Join(dir, path(tile, true)), fileBytesMax)
		if err != nil {
			return at(start, tile, err)
		}
		for i := 0; i < tile.W; i++ {
			index := start + int64(i)
			entry, rest, ok := cutEntry(bundle)
			if !ok {
				return differsAt(index, index, "%s ends before this entry", path(tile, true))
			}
			bundle = rest
			leaf := tlog.RecordHash(entry)
			if !bytes.Equal(leaf[:], leaves[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
				return differsAt(index, index, "the entry is not the one that its leaf hash was made of")
			}
			if err := t.append(index, leaf); err != nil {
				return err
			}
		}
		if len(bundle) != 0 {
			return differsAt(start+int64(tile.W)-1, start+int64(tile.W)-1, "%s goes on after this entry", path(tile, true))
		}
	}
	return nil
}

func (t *tree) append(index int64, leaf tlog.Hash) error {
	more, err := tlog.StoredHashesForRecordHash(index, leaf, t)
	if err != nil {
		return err
	}
	t.hashes = append(t.hashes, more...)
	return nil
}

// compareTiles compares the hash tiles above the leaves with what the entries make of them.
func (t *tree) compareTiles(dir string, size int64) error {
	span := int64(tileWidth)
	for level, count := 1, size/tileWidth; count > 0; level, count = level+1, count/tileWidth {
		for start := int64(0); start < count; start += tileWidth {
			tile := tlog.Tile{H: tileHeight, L: level, N: start / tileWidth, W: width(count - start)}
			found, err := readFile(filepath.Join(dir, path(tile, false)), fileBytesMax)
			if err != nil {
				return differsAt(start*span, (start+int64(tile.W))*span-1, "%v", err)
			}
			expected, err := tlog.ReadTileData(tile, t)
			if err != nil {
				return err
			}
			if len(found) != len(expected) {
				return differsAt(start*span, (start+int64(tile.W))*span-1, "%s has %d bytes", path(tile, false), len(found))
			}
			for i := 0; i < tile.W; i++ {
				from, to := i*tlog.HashSize, (i+1)*tlog.HashSize
				if !bytes.Equal(found[from:to], expected[from:to]) {
					first := (start + int64(i)) * span
					return differsAt(first, first+span-1, "these entries are not those that %s was made of", path(tile, false))
				}
			}
		}
		span *= tileWidth
	}
	return nil
}

func (t *tree) root(size int64) (tlog.Hash, error) {
	if size == 0 {
		// tlog has no root for an empty tree; RFC 6962 has.
		empty, _ := base64.StdEncoding.DecodeString("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
		var root tlog.Hash
		copy(root[:], empty)
		return root, nil
	}
	return tlog.TreeHash(size, t)
}

// compareSaved shows that the log goes on from a checkpoint that was kept, by a proof made and checked by tlog.
func (t *tree) compareSaved(saved string, head checkpoint, trust *trust, out io.Writer) error {
	keptTrust := *trust
	keptTrust.quorum = 0
	kept, _, err := keptTrust.open(saved)
	if err != nil {
		return err
	}
	if kept.size > head.size {
		return differs("the log went back: %d entries were kept, and it has %d", kept.size, head.size)
	}
	if kept.size > 0 {
		proof, err := tlog.ProveTree(head.size, kept.size, t)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, head.size, head.root, kept.size, kept.root); err != nil {
			return differs("the log is not the one that the kept checkpoint of %d entries was made of", kept.size)
		}
	}
	fmt.Fprintf(out, "the log goes on from the kept checkpoint of %d entries\n", kept.size)
	return nil
}

// --------------------------------------------------------------------------------------------------------------------- files

// path says where C2SP tlog-tiles puts what tlog calls tile/8/L/N: without the height, and entries beside level 0.
func path(tile tlog.Tile, entries bool) string {
	written := strings.TrimPrefix(tile.Path(), "tile/8/")
	if entries {
		written = "entries" + strings.TrimPrefix(written, "0")
	}
	return "tile/" + written
}

func width(left int64) int {
	if left < tileWidth {
		return int(left)
	}
	return tileWidth
}

func cutEntry(bundle []byte) (entry, rest []byte, ok bool) {
	if len(bundle) < 2 {
		return nil, nil, false
	}
	length := int(binary.BigEndian.Uint16(bundle))
	if len(bundle) < 2+length {
		return nil, nil, false
	}
	return bundle[2 : 2+length], bundle[2+length:], true
}

func readFile(path string, bytesMax int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, differs("%v", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, bytesMax+1))
	if err != nil {
		return nil, differs("%v", err)
	}
	if int64(len(content)) > bytesMax {
		return nil, differs("%s is larger than it can be", path)
	}
	return content, nil
}

func at(start int64, tile tlog.Tile, err error) error {
	return differsAt(start, start+int64(tile.W)-1, "%v", err)
}
