/** The commands of scope {@code vm}: each calls the machine core and returns what the view package prints. */
package dev.backplane.shell.vm;
