// The script that the single executable starts with: everything else comes from the executable's own assets.
import * as sea from 'node:sea';
import { createLoader } from './build/chunk-loader.ts';

createLoader(sea).load('main.js');
