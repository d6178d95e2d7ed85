/** The browser's half of passkeys (WebAuthn Level 3): asks the device, and turns its bytes into what the server reads. */
import type { CreationOptions, RequestOptions } from "./contract";

/** No passkey came: the person let it be, or (isTaken) the device holds one for this server already. */
export class PasskeyLetBe extends Error {
  readonly code = "passkey-let-be";
  constructor(readonly isTaken = false) {
    super("no passkey");
  }
}

/** Whether this page may ask for passkeys: browsers offer them over TLS and on `localhost` alone. */
export function hasPasskeys(): boolean {
  return window.isSecureContext && typeof window.PublicKeyCredential === "function";
}

/** Asks the device to make a passkey. Raises PasskeyLetBe when none comes. */
export async function makePasskey(options: CreationOptions): Promise<Record<string, unknown>> {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map(named),
  } as PublicKeyCredentialCreationOptions;
  return answered(await asked(() => navigator.credentials.create({ publicKey })));
}

/** Asks the device to show one. Raises PasskeyLetBe when none comes. */
export async function showPasskey(options: RequestOptions): Promise<Record<string, unknown>> {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: options.allowCredentials.map(named),
  } as PublicKeyCredentialRequestOptions;
  return answered(await asked(() => navigator.credentials.get({ publicKey })));
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") throw new PasskeyLetBe(true);
    if (!(error instanceof DOMException)) throw error;
  }
  throw new PasskeyLetBe();
}

function answered(credential: PublicKeyCredential): Record<string, unknown> {
  const { response } = credential;
  const said: Record<string, string> = { clientDataJSON: text(response.clientDataJSON) };
  if (response instanceof AuthenticatorAttestationResponse) {
    said.attestationObject = text(response.attestationObject);
  } else if (response instanceof AuthenticatorAssertionResponse) {
    said.authenticatorData = text(response.authenticatorData);
    said.signature = text(response.signature);
    if (response.userHandle) said.userHandle = text(response.userHandle);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said };
}

function named({ id }: { id: string }): PublicKeyCredentialDescriptor {
  return { type: "public-key", id: bytes(id) };
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (each) => each.charCodeAt(0));
}

function text(content: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(content), (each) => String.fromCharCode(each)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
