/// The standard library.
namespace std {}
