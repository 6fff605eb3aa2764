<?php
/* user.php - tells the web server which user of the site a request is from, by the site's own session.
 *
 * nginx asks it before /user/login (fastim.conf beside this file), and passes on what it says as REMOTE_USER. Nobody else
 * can reach it. Without a session the name is empty, and fastim refuses the login.
 *
 * $_SESSION['user'] is the name of the session's user in this example; put what your site has. An id of fastim is 1 to
 * 128 bytes of UTF-8 without control characters and slashes.
 */
declare(strict_types=1);

session_start(['read_and_close' => true]);
$user = $_SESSION['user'] ?? '';
$is_id = is_string($user) && preg_match('#^[^\x00-\x1f\x7f/]{1,128}$#D', $user);

http_response_code(204);
header('X-Fastim-User: ' . ($is_id ? $user : ''));
