/** The shell of a runtime: interactive or driven by a script, on Gogo and JLine. */
package dev.backplane.shell;
