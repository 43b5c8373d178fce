package dev.backplane.shell;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.apache.felix.gogo.jline.Builtin;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Gogo's own commands that fit here: control flow, variables, files, text. The bundle that has them would also open a
 * terminal and start a shell of its own, so it is not started and its classes are registered from here.
 */
@Component(service = GogoCommands.class, immediate = true)
public final class GogoCommands {

    private static final String[] CONTROL = {"each", "if", "not", "throw", "try", "until", "while", "break",
        "continue"};
    private static final String[] VARIABLES = {"format", "new", "set", "tac", "type", "jobs", "fg", "bg", "history"};
    private static final String[] FILES = {"cat", "echo", "grep", "sort", "sleep", "cd", "pwd", "ls", "less", "watch",
        "head", "tail", "clear", "wc", "date"};

    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    /** Made by SCR. */
    @Activate
    public GogoCommands(BundleContext context, @Reference CommandProcessor processor) {
        register(context, new Procedural(), CONTROL);
        register(context, new Builtin(), VARIABLES);
        register(context, new Posix(processor), FILES);
    }

    @Deactivate
    void deactivate() {
        registrations.forEach(ServiceRegistration::unregister);
    }

    private void register(BundleContext context, Object target, String[] functions) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(CommandProcessor.COMMAND_SCOPE, "gogo");
        properties.put(CommandProcessor.COMMAND_FUNCTION, functions);
        registrations.add(context.registerService(target.getClass().getName(), target, properties));
    }
}
