/** The printer itself: paper, sheets and their dots, jobs, and what a language does to them. */
package dev.backplane.device.printer.engine;
