/** The life of one machine: its vCPU threads, power-on to power-off, pause, reset, save and restore. */
package dev.backplane.machine.lifecycle;
