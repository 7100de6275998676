#!/usr/bin/env node
/** The `marquee` command. */
import { launch } from './launch.js';

launch('infra/cli/main.ts', process.argv.slice(2));
