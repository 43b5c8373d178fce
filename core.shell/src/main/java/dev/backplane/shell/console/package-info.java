/** The console of a guest seen from the shell: attached to a terminal, or searched by a script. */
package dev.backplane.shell.console;
