/** PCL 3 and 5: text, rules, raster graphics and macros (Hewlett-Packard, PCL 5 Printer Language Reference, 1992). */
package dev.backplane.device.printer.language.pcl;
