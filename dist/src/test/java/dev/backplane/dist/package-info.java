/** Whole-system tests: they start the assembled distribution as a user would. */
package dev.backplane.dist;
