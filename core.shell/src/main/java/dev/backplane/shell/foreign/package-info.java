/** Shell commands that other bundles offer, as commands of this shell; they go with their bundles. */
package dev.backplane.shell.foreign;
