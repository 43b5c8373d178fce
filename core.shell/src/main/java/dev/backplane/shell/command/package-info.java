/** How a shell command is declared: what it takes is data, from which parsing, help and completion are made. */
package dev.backplane.shell.command;
