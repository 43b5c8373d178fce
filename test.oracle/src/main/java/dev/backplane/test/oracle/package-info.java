/**
 * The host processor as the oracle for CPU backends: random instructions with random operands are executed by the
 * processor this runs on and by a backend, and registers, flags, x87 and SSE state and memory are compared.
 */
package dev.backplane.test.oracle;
