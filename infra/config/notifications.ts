import { z } from 'zod';
import { WEBHOOK_SECRET } from '../notices/signature.ts';
import { decimal, flag, integer, optionalList, optionalText } from './setting.ts';

const DAY_MS = 86_400_000;
/** Over TLS, or to this machine; credentials would be seen where addresses are. */
const WEBHOOK_ADDRESS =
  /^(https:\/\/[^\s/@]+|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?)(\/[^\s]*)?$/;

/** Who is told what became of versions, and when somebody is late. */
export const notificationsSection = z.object({
  webhooks: optionalList('NOTIFY_WEBHOOKS', {
    pattern: WEBHOOK_ADDRESS,
    secret: true,
    expects: 'https addresses, or http ones of this machine, with commas between and no credentials',
    reason: 'Where notices are posted to. Unset: to the topic `notifications` alone.',
  }),
  webhookSecrets: optionalList('NOTIFY_WEBHOOK_SECRETS', {
    pattern: WEBHOOK_SECRET,
    secret: true,
    expects: '`whsec_` and base64 of 24 to 64 random bytes, with commas between',
    reason: 'What notices are signed with, by each of them: two while receivers change over.',
  }),
  webhookTimeoutMs: integer('NOTIFY_WEBHOOK_TIMEOUT_MS', {
    default: 5000,
    min: 50,
    max: 60_000,
    reason: 'How long a webhook may take to answer one try.',
  }),
  webhookAttempts: integer('NOTIFY_WEBHOOK_ATTEMPTS', {
    default: 16,
    min: 1,
    max: 100,
    reason:
      'Tries of one notice at one webhook; with the pauses below they are spread over an hour and more.',
  }),
  webhookPauseMs: integer('NOTIFY_WEBHOOK_PAUSE_MS', {
    default: 1000,
    min: 10,
    max: 3_600_000,
    reason: 'The pause before the second try, doubled before each further one.',
  }),
  webhookLongestPauseMs: integer('NOTIFY_WEBHOOK_LONGEST_PAUSE_MS', {
    default: 900_000,
    min: 10,
    max: DAY_MS,
    reason: 'No pause between two tries is longer.',
  }),
  webhookDetails: flag('NOTIFY_WEBHOOK_DETAILS', {
    default: false,
    reason:
      'Whether webhooks get reasons as they are and names of subscribers. False: addresses, paths and names of hosts stay inside.',
  }),
  watchIntervalMs: integer('VIEW_WATCH_INTERVAL_MS', {
    default: 30_000,
    min: 1000,
    max: 3_600_000,
    reason: 'How often overdue views and laggards are looked for, and what operators did is told.',
  }),
  overdueGrace: decimal('VIEW_OVERDUE_GRACE', {
    default: 1,
    min: 0,
    max: 100,
    reason: 'How much later than its schedule a version may come, in intervals of the schedule.',
  }),
  leastGraceMs: integer('VIEW_OVERDUE_LEAST_GRACE_MS', {
    default: 300_000,
    min: 0,
    max: DAY_MS,
    reason: 'No view is called overdue sooner after a version was due: short intervals have long runs.',
  }),
  laggardAfterMs: integer('VIEW_LAGGARD_AFTER_MS', {
    default: 60_000,
    min: 0,
    max: DAY_MS,
    reason: 'A subscriber that serves another version than it should for so long is a laggard.',
  }),
});

/** Views that files of SQL declare. */
export const declaredSection = z.object({
  viewsDir: optionalText('MARQUEE_VIEWS_DIR', {
    expects: 'a folder',
    reason: 'Where `<view>.sql` files declare views (docs/declared-views.md). Unset: there are none.',
  }),
});
