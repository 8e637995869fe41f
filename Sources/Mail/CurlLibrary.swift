// On the list of files that may touch pointers: the one place that calls libcurl. `@unchecked Sendable`: a table of
// functions that is never changed.
import CCurl

/// libcurl, opened once; a handle belongs to the thread that uses it.
struct CurlLibrary: @unchecked Sendable {
    typealias Handle = UnsafeMutableRawPointer
    typealias List = UnsafeMutablePointer<curl_slist>

    /// Nil: the library is not there.
    static let shared = CurlLibrary()

    private let functions: UnsafePointer<sessiond_curl>

    private init?() {
        let functions = UnsafeMutablePointer<sessiond_curl>.allocate(capacity: 1)
        functions.initialize(to: sessiond_curl())
        guard sessiond_curl_open(functions) != 0 else {
            functions.deallocate()
            return nil
        }
        self.functions = UnsafePointer(functions)  // for as long as the process lives
    }

    func makeHandle() -> Handle? { sessiond_curl_init(functions) }
    func cleanUp(_ handle: Handle) { sessiond_curl_cleanup(functions, handle) }
    func perform(_ handle: Handle) -> CURLcode { sessiond_curl_perform(functions, handle) }
    func reply(_ handle: Handle) -> Int { sessiond_curl_reply(functions, handle) }
    func text(of code: CURLcode) -> String { String(cString: sessiond_curl_error(functions, code)) }

    func set(_ handle: Handle, _ option: CURLoption, _ value: Int) -> CURLcode {
        sessiond_curl_set_long(functions, handle, option, value)
    }

    func set(_ handle: Handle, _ option: CURLoption, _ value: String) -> CURLcode {
        sessiond_curl_set_text(functions, handle, option, value)
    }

    func set(_ handle: Handle, _ option: CURLoption, _ value: List?) -> CURLcode {
        sessiond_curl_set_list(functions, handle, option, value)
    }

    func setCallbacks(
        _ handle: Handle,
        _ read: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int,
        _ isCancelled:
            @convention(c) (
                UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t
            ) -> Int32,
        _ context: UnsafeMutableRawPointer
    ) -> CURLcode {
        sessiond_curl_set_callbacks(functions, handle, read, isCancelled, context)
    }

    func list(_ text: String) -> List? { sessiond_curl_append(functions, nil, text) }
    func free(_ list: List?) { sessiond_curl_free_list(functions, list) }
}
