package dev.backplane.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.manager.LiveCatalog;

/** Finds device types and CPU backends by the component descriptions of the bundles on the class path. */
final class ClassPathCatalog {
    private static final List<String> WANTED = List.of(DeviceType.class.getName(), CpuBackend.class.getName());

    private ClassPathCatalog() {
    }

    /** All that is there. */
    static LiveCatalog find() throws IOException {
        LiveCatalog catalog = new LiveCatalog();
        ClassLoader loader = ClassPathCatalog.class.getClassLoader();
        for (URL url : Collections.list(loader.getResources("META-INF/MANIFEST.MF"))) {
            Attributes head;
            try (InputStream in = url.openStream()) {
                head = new Manifest(in).getMainAttributes();
            }
            String components = head.getValue("Service-Component");
            if (components == null) {
                continue;
            }
            Provider provider = new Provider(head.getValue("Bundle-SymbolicName"), head.getValue("Bundle-Version"));
            for (String path : components.split("\\s*,\\s*")) {
                add(catalog, URI.create(url.toString().replace("META-INF/MANIFEST.MF", path)).toURL(), provider,
                    loader);
            }
        }
        return catalog;
    }

    private static void add(LiveCatalog catalog, URL description, Provider provider, ClassLoader loader)
            throws IOException {
        try (InputStream in = description.openStream()) {
            Document xml = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
            var provided = xml.getElementsByTagName("provide");
            for (int i = 0; i < provided.getLength(); i++) {
                // what is made with other services is not for a benchmark's plain machine
                boolean plain = xml.getElementsByTagName("reference").getLength() == 0;
                if (plain && WANTED.contains(((Element) provided.item(i)).getAttribute("interface"))) {
                    String name = ((Element) xml.getElementsByTagName("implementation").item(0)).getAttribute("class");
                    register(catalog, loader.loadClass(name).getDeclaredConstructor().newInstance(), provider);
                }
            }
        } catch (ParserConfigurationException | SAXException | ReflectiveOperationException e) {
            throw new IOException("component of " + description + ": " + e, e);
        }
    }

    private static void register(LiveCatalog catalog, Object made, Provider provider) {
        switch (made) {
            case DeviceType t -> catalog.add(t, provider);
            case CpuBackend b -> catalog.add(b, provider);
            default -> throw new IllegalStateException(made.getClass() + " is neither a device type nor a CPU backend");
        }
    }
}
