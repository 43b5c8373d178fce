package dev.backplane.machine.host;

import dev.backplane.api.device.Options;
import dev.backplane.api.machine.HostBackendView;

/**
 * What a card's option of type BACKEND chose.
 *
 * @param option  the option's name
 * @param kind    the class name of the endpoints
 * @param view    the backend, or null if none was chosen
 * @param options the endpoint's options, checked; null if none was chosen
 */
public record HostChoice(String option, String kind, HostBackendView view, Options options) {
}
