#include <klamm/klamm.hpp>

int main() { return klamm::Producer::create(klamm::ClientOptions{}) ? 1 : 0; }
