/**
 * The cable between a network card and a host backend: bounded queues, wake-ups, finishing of frames that a side does
 * not take unfinished, shaping, watching.
 */
package dev.backplane.machine.network;
