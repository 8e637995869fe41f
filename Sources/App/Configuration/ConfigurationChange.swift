/// What a configuration that was read again changes in the one in force.
struct ConfigurationChange: Equatable {
    /// What is in force afterwards. What needs a restart is in it as it was.
    private(set) var result: Configuration
    /// The settings that change, by key.
    private(set) var applied: [String] = []
    /// Those that would, and need a restart.
    private(set) var deferred: [String] = []

    init(from running: Configuration, to wanted: Configuration) {
        result = running
        // There is a TLS listener, or there is none: only which certificate it shows can change.
        let togglesTLS = running.tls.isOn != wanted.tls.isOn
        let files = ["tls.certificate", "tls.key", "tls.alternateCertificate", "tls.alternateKey"]
        for setting in Setting.all {
            let value = setting.show(wanted)
            guard value != setting.show(running) else { continue }
            if setting.needsRestart || togglesTLS && files.contains(setting.key) {
                deferred.append(setting.key)
            } else {
                let isRead = setting.read(value, &result)
                precondition(isRead, "a setting takes what it shows")
                applied.append(setting.key)
            }
        }
    }
}
