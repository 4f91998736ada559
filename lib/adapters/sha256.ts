import { createHash, createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** What the SDK's signer hands over: keys, and what is to be signed. */
type Data = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256, or its HMAC where there is a key, for the signatures of AWS calls. The SDK's own has Node read the key anew for
 * each signature, which takes longer than to compute it; here a key that comes again is read once.
 */
export class Sha256 {
  readonly #key: KeyObject | undefined;
  #parts: (string | Uint8Array)[] = [];

  constructor(key?: Data) {
    this.#key = key === undefined ? undefined : keyOf(key);
  }

  update(data: Data): void {
    this.#parts.push(typeof data === 'string' ? data : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    const [only] = this.#parts;
    if (this.#key === undefined && this.#parts.length === 1 && only !== undefined) {
      return hash('sha256', only, 'buffer');
    }
    const whole = this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key);
    for (const part of this.#parts) whole.update(part);
    return whole.digest();
  }

  reset(): void {
    this.#parts = [];
  }
}

/** The signer keeps its keys of the day, so they come as the same bytes. */
const ofBytes = new WeakMap<object, KeyObject>();
/** The secret of the credentials, and of those that came before it. */
const ofText = new Map<string, KeyObject>();
const SECRETS = 10;

const keyOf = (key: Data): KeyObject => {
  const known = typeof key === 'string' ? ofText.get(key) : ofBytes.get(key);
  if (known !== undefined) return known;
  const read = createSecretKey(typeof key === 'string' ? Buffer.from(key) : bytesOf(key));
  if (typeof key !== 'string') ofBytes.set(key, read);
  else {
    if (ofText.size >= SECRETS) ofText.clear();
    ofText.set(key, read);
  }
  return read;
};

const bytesOf = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
