/** The {@code net} commands of the shell, and the worked example of commands that a bundle adds to it. */
package dev.backplane.shell.net;
