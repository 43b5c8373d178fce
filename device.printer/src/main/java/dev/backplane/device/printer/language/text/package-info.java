/** Plain text: characters, line ends, tabs and form feeds. */
package dev.backplane.device.printer.language.text;
