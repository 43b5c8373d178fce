/** The printer's device type, its card and its shell commands. */
package dev.backplane.device.printer;
