import { complexSuites } from './complex-suites.ts';
import { containerSuites } from './container-suites.ts';
import { fileSuites } from './file-suites.ts';
import { furtherSuites } from './further-suites.ts';
import { headerSuites } from './header-suites.ts';
import { requiredSuites } from './required-suites.ts';
import type { Suite } from './scenario.ts';
import { timeSuites } from './time-suites.ts';
import { urlSuites } from './url-suites.ts';
import { valueSuites } from './value-suites.ts';
import { xmlSuites } from './xml-suites.ts';

/** Every suite, in the order in which it runs. */
export const suites: readonly Suite[] = [
  ...urlSuites,
  ...headerSuites,
  ...requiredSuites,
  ...valueSuites,
  ...timeSuites,
  ...containerSuites,
  ...complexSuites,
  ...fileSuites,
  ...furtherSuites,
  ...xmlSuites,
];
