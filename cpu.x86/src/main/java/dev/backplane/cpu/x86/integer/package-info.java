/**
 * The integer instructions: what they mean ({@code Alu}, {@code Shift}, {@code MulDiv}, {@code Bits}, {@code Strings}),
 * once and as static methods, and the ops made of that for operand forms and sizes.
 */
@Version("0.1.0")
package dev.backplane.cpu.x86.integer;

import org.osgi.annotation.versioning.Version;
