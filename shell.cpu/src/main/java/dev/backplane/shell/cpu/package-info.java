/** Commands that look at the processors of running machines. */
package dev.backplane.shell.cpu;
