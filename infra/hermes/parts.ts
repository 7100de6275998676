import { MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import {
  PART_NAME,
  parseManifest,
  serialiseManifest,
  type Manifest,
  type PartEntry,
} from '../../domain/manifest.ts';
import type { Refuse } from '../../domain/json-fields.ts';
import { corrupt, type ViewName, type ViewVersion } from '../../domain/views.ts';
import type { ObjectStore } from '../object-store/port.ts';
import type { Claims } from './claims.ts';
import type { ViewKeys } from './keys.ts';
import { readText, sha256Of, toBytes, tryPut } from './text-objects.ts';

/** A manifest as stored: its exact text and that text's SHA-256, which the pointer names. */
export type StoredManifest = { readonly manifest: Manifest; readonly text: string; readonly sha256: string };

/** What was stored, for the manifest: `name` may differ from the one asked for. */
export type PartReceipt = Omit<PartEntry, 'rows'>;

/** The data of versions: parts, and the manifest that closes the list of them. */
export function createParts(store: ObjectStore, region: Region, keys: ViewKeys, claims: Claims) {
  async function taken(view: ViewName, version: ViewVersion): Promise<MarqueeError> {
    const owner = (await claims.ownerOf(view, version)) ?? 'unknown';
    return new MarqueeError('VIEW_VERSION_TAKEN', { view, version, owner });
  }

  /**
   * Never writes over a part: another try of the run may have listed it in a manifest by now. Other bytes under the
   * same name go beside it, under a name with their checksum.
   */
  async function putPart(
    view: ViewName,
    version: ViewVersion,
    name: string,
    body: Uint8Array,
  ): Promise<PartReceipt> {
    const sha256 = sha256Of(body);
    for (const candidate of [name, `${name}-${sha256.slice(0, 16)}`]) {
      if (!PART_NAME.test(candidate))
        corrupt(view, version)(`part name ${JSON.stringify(candidate)} is not usable`);
      const key = keys.part(view, version, candidate);
      const receipt = { name: candidate, bytes: body.byteLength, sha256 };
      if (await tryPut(store, key, body, { ifAbsent: true })) return receipt;
      const found = await store.get(key);
      if (found && sha256Of(found.body) === sha256) return receipt;
    }
    return corrupt(view, version)(`part ${name} was changed after it was stored`);
  }

  function believe(text: string, view: ViewName, version: ViewVersion): StoredManifest {
    const manifest = parseManifest(text, view, version);
    if (manifest.region !== region) {
      corrupt(view, version)(`its manifest says it belongs to region ${manifest.region}`);
    }
    return { manifest, text, sha256: sha256Of(text) };
  }

  async function putManifest(manifest: Manifest): Promise<StoredManifest> {
    const { view, version } = manifest;
    const text = serialiseManifest(manifest);
    // What cannot be read back is refused before it is stored for good.
    const stored = believe(text, view, version);
    if (await tryPut(store, keys.manifest(view, version), toBytes(text), { ifAbsent: true })) return stored;
    const found = await readText(store, keys.manifest(view, version));
    if (found?.text === text) return stored;
    throw await taken(view, version);
  }

  async function fetchManifest(view: ViewName, version: ViewVersion): Promise<StoredManifest> {
    const found = await readText(store, keys.manifest(view, version));
    if (!found) throw new MarqueeError('VIEW_NOT_FOUND', { view, version });
    return believe(found.text, view, version);
  }

  async function readPart(view: ViewName, version: ViewVersion, part: PartEntry): Promise<Uint8Array> {
    const body = (await store.get(keys.part(view, version, part.name)))?.body;
    checkPart(view, version, part, body);
    return body;
  }

  return { putPart, putManifest, fetchManifest, readPart };
}

/** Throws VIEW_CORRUPT unless the bytes are those the manifest lists. */
export function checkPart(
  view: ViewName,
  version: ViewVersion,
  part: PartEntry,
  body: Uint8Array | undefined,
): asserts body is Uint8Array {
  const refuse: Refuse = corrupt(view, version);
  if (!body) return refuse(`part ${part.name} is missing`);
  if (body.byteLength !== part.bytes) {
    return refuse(`part ${part.name} has ${body.byteLength} bytes, expected ${part.bytes}`);
  }
  const sha256 = sha256Of(body);
  if (sha256 !== part.sha256)
    return refuse(`part ${part.name} has checksum ${sha256}, expected ${part.sha256}`);
}
