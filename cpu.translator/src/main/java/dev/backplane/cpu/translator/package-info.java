/** The CPU backend {@code translator}: guest code as machine code of an x86-64 host, entered through FFM. */
package dev.backplane.cpu.translator;
