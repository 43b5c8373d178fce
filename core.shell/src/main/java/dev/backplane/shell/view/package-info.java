/** How machines, cards and device types are printed: tables, the tree of one machine, short answers. */
package dev.backplane.shell.view;
