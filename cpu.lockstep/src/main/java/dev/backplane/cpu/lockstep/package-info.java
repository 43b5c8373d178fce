/** Translator and interpreter side by side, compared at block ends. */
package dev.backplane.cpu.lockstep;
