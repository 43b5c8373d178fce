/** The {@code sound} commands: what sound cards play, how loud, and recordings of it. */
package dev.backplane.shell.sound;
