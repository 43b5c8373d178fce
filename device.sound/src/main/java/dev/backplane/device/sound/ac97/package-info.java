/** AC'97: the controller of the Intel 82801AA with one codec (Audio Codec '97, revision 2.2). */
package dev.backplane.device.sound.ac97;
