import Auth
import Server
import Telemetry
import Workers

/// What a reload starts from: the state of the main thread between two SIGHUPs.
struct Reload {
    /// What is in force.
    var configuration: Configuration
    /// What TLS connections are made from; nil without TLS listeners.
    var tls: TLSContext?
    /// Whether others than this machine can reach the server.
    let isExposed: Bool

    init(_ configuration: Configuration, tls: TLSContext?, isExposed: Bool) {
        self.configuration = configuration
        self.tls = tls
        self.isExposed = isExposed
    }
}

extension Serving {
    /// SIGHUP: reads the configuration and the certificate again and puts them in force, all of it or nothing.
    /// False: nothing has changed, and the log says why.
    func perform(_ reload: inout Reload, on running: RunningServer) -> Bool {
        do { try audit.reopen() } catch {
            logger.log(.error, "audit log kept", ["cause": .string(String(describing: error))])
        }
        let change: ConfigurationChange
        let newAccounts: Accounts
        let newTokens: AccessTokens?
        var tls: TLSContext?
        let delivery: MailDelivery?
        do {
            change = ConfigurationChange(from: reload.configuration, to: try read().configuration)
            // Whatever can fail, before anything is changed.
            if reload.tls != nil { tls = try change.result.makeTLSContext() }
            delivery = try change.result.makeMail()
            // They cost a hash.
            newAccounts =
                change.applied.isEmpty
                ? accounts.value
                : try change.result.makeAccounts(
                    store, accounts.value.sessions, hashers, accounts.value.limits.counters,
                    accounts.value.deviceKey, accounts.value.sealing, accounts.value.credentials,
                    accounts.value.memory)
            newTokens = change.applied.isEmpty ? tokens.value : try change.result.makeTokens(keys)
        } catch {
            logger.log(
                .error, "configuration kept", ["error": .explanation(String(describing: error))])
            return false
        }
        put(change.result, newAccounts, newTokens, tls, in: running)
        mail.adopt(delivery)
        tell(change, isSameCertificate: reload.tls?.hasCertificate(of: tls) ?? true)
        warn(of: change.result, before: reload.configuration, isExposed: reload.isExposed)
        note(tls?.warning)
        reload.configuration = change.result
        reload.tls = tls
        return true
    }

    private func put(
        _ configuration: Configuration, _ newAccounts: Accounts, _ newTokens: AccessTokens?,
        _ tls: TLSContext?, in running: RunningServer
    ) {
        hashers.limits = configuration.hashingLimits(threads: hashers.threads)
        accounts.value = newAccounts
        tokens.value = newTokens
        running.adopt(
            configuration.liveSettings(responder: responder(configuration, newAccounts, newTokens), tls: tls))
    }

    /// One line about what was done, which a log that becomes quiet still has, and one about what was not.
    private func tell(_ change: ConfigurationChange, isSameCertificate: Bool) {
        let isQuiet = change.result.log.quiet
        if !isQuiet { logger.isQuiet = false }
        let changed = change.applied + (isSameCertificate ? [] : ["the certificate"])
        if changed.isEmpty {
            logger.log(.info, "configuration unchanged")
        } else {
            logger.log(
                .info, "configuration reloaded", ["changed": .explanation(changed.joined(separator: ", "))])
        }
        logger.isQuiet = isQuiet
        if !change.deferred.isEmpty {
            logger.log(
                .warning, "restart needed",
                ["settings": .explanation(change.deferred.joined(separator: ", "))])
        }
    }
}
