package dev.backplane.api.machine;

/**
 * The bundle that serves something.
 *
 * @param bundle  its symbolic name
 * @param version its version
 */
public record Provider(String bundle, String version) {
}
