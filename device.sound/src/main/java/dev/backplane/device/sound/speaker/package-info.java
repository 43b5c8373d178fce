/** The PC speaker: the board's timer and port 0x61, heard through an audio backend. */
package dev.backplane.device.sound.speaker;
