/**
 * Closes a topic to writers, whoever they are and wherever they run: the broker refuses every batch that is larger than
 * `max.message.bytes`, and there is none of one byte. What was acknowledged before stays, and readers notice nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import { logUnavailable, type KafkaClient } from './client.ts';
import { loadKafkaJs } from './kafkajs.ts';

const LIMIT = 'max.message.bytes';
const CLOSED = '1';
const MOST_LOOKS = 50;
const LOOK_MS = 100;

/** Resolves once the broker says so itself. LOG_UNAVAILABLE. */
export async function fenceTopic(client: KafkaClient, topic: string): Promise<void> {
  const admin = await client.admin();
  try {
    const kept = (await ownSettings(admin, topic)).filter(({ name }) => name !== LIMIT);
    // The request replaces all settings of the topic.
    const configEntries = [...kept, { name: LIMIT, value: CLOSED }];
    const type = loadKafkaJs().ConfigResourceTypes.TOPIC;
    await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries }] });
  } catch (error) {
    throw logUnavailable(error);
  }
  // The controller takes the change; the broker that is asked hears of it a moment later.
  for (let look = 1; !(await isFenced(client, topic)); look++) {
    if (look === MOST_LOOKS) throw new MarqueeError('LOG_UNAVAILABLE', { reason: `${topic} was not closed` });
    await sleep(LOOK_MS);
  }
}

export async function isFenced(client: KafkaClient, topic: string): Promise<boolean> {
  const admin = await client.admin();
  try {
    const settings = await ownSettings(admin, topic);
    return settings.some(({ name, value }) => name === LIMIT && value === CLOSED);
  } catch (error) {
    throw logUnavailable(error);
  }
}

async function ownSettings(admin: Admin, topic: string): Promise<{ name: string; value: string }[]> {
  const { ConfigResourceTypes, ConfigSource } = loadKafkaJs();
  const type = ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type, name: topic }],
  });
  return (resources[0]?.configEntries ?? [])
    .filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
}
