package dev.backplane.shell.view;

import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.shell.text.Table;

/** Host backends as text. */
final class HostText {

    private HostText() {
    }

    private static String kind(HostBackendView view) {
        return HostBackend.kindName(view.backend().kind().getName());
    }

    static String list(HostList list) {
        if (list.hosts().isEmpty()) {
            return "no host backends; drop their bundles into the folder plugins";
        }
        Table table = new Table("KIND", "NAME", "DESCRIPTION", "BUNDLE");
        list.hosts().forEach(view -> table.row(kind(view), view.backend().name(), view.backend().description(),
                TypeText.bundle(view.provider())));
        return table.text();
    }

    static String detail(HostBackendView view) {
        String head = view.backend().name() + " - " + view.backend().description() + "\n  kind: " + kind(view)
                + "\n  served by: " + TypeText.bundle(view.provider()) + "\n";
        return head + (view.backend().options().isEmpty() ? "  it has no options"
                : TypeText.options(view.backend().options()));
    }
}
