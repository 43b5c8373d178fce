package dev.backplane.shell.view;

import dev.backplane.api.machine.HostBackendView;
import java.util.List;

/** The host backends that are present, in order of kind and name. */
public record HostList(List<HostBackendView> hosts) {
}
