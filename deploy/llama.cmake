# Compiles llama.cpp's own sources in a few large units instead of two hundred small ones: a third of the time.
cmake_language(DEFER DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} CALL
    set_target_properties llama PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 48)
