import CEvent
import HTTP

extension ResponseWriter {
    /// Sends the same answer through evhttp's own writer, which adds what it likes.
    static func send(
        _ response: Response, _ context: Context, byLibrary request: UnsafeMutablePointer<evhttp_request>
    ) {
        let output = evhttp_request_get_output_headers(request)
        for field in fields(of: response, context) {
            evhttp_add_header(output, field.name, field.value)
        }
        let content = evbuffer_new()
        defer { evbuffer_free(content) }
        if !context.isHead { evbuffer_add(content, response.body, response.body.count) }
        evhttp_send_reply(request, Int32(response.status.rawValue), response.status.reason, content)
    }
}
