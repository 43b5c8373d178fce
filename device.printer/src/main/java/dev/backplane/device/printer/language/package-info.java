/** What printer languages have in common: code pages, fonts. Each language has a package of its own. */
package dev.backplane.device.printer.language;
