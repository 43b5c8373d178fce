package dev.backplane.shell.view;

import dev.backplane.api.machine.MachineView;
import java.util.List;

/** All machines. */
public record MachineList(List<MachineView> machines) {
}
