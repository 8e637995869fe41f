package import HTTP

extension ResponseWriter {
    /// Puts the whole answer to an ordinary request into `buffer`: for measurements, which have no connection.
    package mutating func write(_ response: Response, to id: RequestID, seconds: Int) {
        write(response, Context(id: id), seconds: seconds)
    }
}
