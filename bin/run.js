#!/usr/bin/env node
/** `node bin/run.js <entry> [arguments …]`: what the npm scripts call. */
import { launch } from './launch.js';

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  process.stderr.write('Usage: node bin/run.js <entry.ts> [arguments …]\n');
  process.exit(2);
}
launch(entry, args);
