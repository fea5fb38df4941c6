// Stands in for the driver: whoever calls it, it calls back.

extern "C" void call_driver(void (*callback)(void*), void* argument) {
  callback(argument);
  asm volatile("");  // no tail call: it would take this function off the stack
}
