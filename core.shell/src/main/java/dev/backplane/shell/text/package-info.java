/** Text that users write and read: sizes, durations, escapes, near misses, tables and Gogo command lines. */
package dev.backplane.shell.text;
