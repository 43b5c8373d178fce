/** ESC/P and ESC/P 2, the languages of Epson's printers (Epson ESC/P Reference Manual, 1997). */
package dev.backplane.device.printer.language.escp;
