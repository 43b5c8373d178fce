/**
 * The reference CPU backend: a decode-once interpreter of blocks, small and exact. Code is decoded into blocks of ops
 * that are keyed by physical page and mode and shared by the vCPUs of a machine.
 */
package dev.backplane.cpu.interpreter;
