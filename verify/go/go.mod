// With Debian's golang-golang-x-mod-dev (offline):
//   GO111MODULE=off GOPATH=/usr/share/gocode go build -o evenhand-verify-go ./verify/go
// With a module proxy: cd verify/go && go mod tidy && go build -o ../../evenhand-verify-go .
module evenhand-verify-go

go 1.19

require golang.org/x/mod v0.7.0
