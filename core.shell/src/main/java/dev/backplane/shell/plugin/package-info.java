/** The commands of scope {@code plugin}: bundles that machines are made of, under running machines. */
package dev.backplane.shell.plugin;
