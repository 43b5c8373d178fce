/**
 * Boot: what firmware leaves in memory, and the loaders of kernels (Linux bzImage, ELF with a PVH note, Multiboot 1),
 * which write to guest RAM and say in which state the first processor starts.
 */
package dev.backplane.machine.boot;
