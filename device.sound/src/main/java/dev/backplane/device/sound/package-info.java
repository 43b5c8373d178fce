/** Sound cards as device types; what they have in common. */
package dev.backplane.device.sound;
