/** The catalogue that rows are shown from: the announced view where there is one, else the configured file. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CATALOGUE_VIEW } from '../domain/catalogue.ts';
import type { SubscriptionStatus } from '../infra/hermes/subscriber.ts';
import { createCatalogueFile } from './catalogue-file.ts';
import type { LoadCatalogue } from './catalogue-view.ts';
import type { Catalogue } from './catalogue.ts';
import { followView, type FollowViewOptions } from './follow-view.ts';

export interface TitlesDeps extends Omit<FollowViewOptions<Catalogue>, 'view' | 'load' | 'onVersion'> {
  readonly load: LoadCatalogue;
  /** The file for as long as no version of the view was ever seen. */
  readonly path: string;
  /** Called when another version serves. */
  readonly onVersion: () => void;
}

export interface Titles {
  readonly catalogue: Catalogue;
  /** Resolves when the file was read once, and the view loaded, asked for in vain, or waited for long enough. */
  start(timeoutMs: number): Promise<void>;
  /** Resolves when the store was asked once for the view, whatever it said. */
  readonly asked: Promise<void>;
  /** Of the view; undefined until the store was asked. */
  status(): SubscriptionStatus | undefined;
  /** Looks for a newer version soon. */
  nudge(): void;
  close(): Promise<void>;
}

export function followTitles({ path, onVersion, ...options }: TitlesDeps): Titles {
  const { dir, pollIntervalMs, log } = options;
  const file = createCatalogueFile({
    path,
    copyPath: join(dir, 'catalogue.ndjson'),
    intervalMs: pollIntervalMs,
    log,
  });
  let titles: Catalogue = file;
  const view = followView<Catalogue>({
    ...options,
    view: CATALOGUE_VIEW,
    onVersion({ value }) {
      titles = value;
      file.close();
      onVersion();
    },
  });
  return {
    catalogue: {
      find: (title) => titles.find(title),
      inOrder: () => titles.inOrder(),
      size: () => titles.size(),
    },
    async start(timeoutMs) {
      await Promise.all([file.start(), Promise.race([view.loaded, view.asked, sleep(timeoutMs)])]);
    },
    asked: view.asked,
    status: view.status,
    nudge: view.nudge,
    close() {
      file.close();
      return view.close();
    },
  };
}
